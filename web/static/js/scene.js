/** What every row depends on besides its order: the time, and who is looking. */
import { now, today } from 'heard/clock';
import { page } from 'heard/page';

const looking = {
  rights: new Set(page.rights),
  prep: page.location?.prep_minutes ?? 15,
  places: page.places && Object.fromEntries(page.places.map((place) => [place.id, place])),
};

/** The scene of this moment. */
export function scene() {
  return { now: now(), today: today(), ...looking };
}

/** The rights, or the usual minutes, are others now. */
export function relook(change) {
  Object.assign(looking, change);
}
