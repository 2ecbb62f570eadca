/** Setting a device up: whether it trusts the house is asked of the house itself, over HTTPS. */
const PATIENCE = 5000;
const state = document.getElementById('state');
const check = document.getElementById('check');

check.hidden = false;
check.addEventListener('click', ask);
addEventListener('visibilitychange', () => {
  if (!document.hidden) ask(); // back from the settings, where it was trusted
});
ask();

async function ask() {
  const { house, asking, yes, no } = state.dataset;
  state.textContent = asking;
  const trusted = await answers(`${house}/healthz`);
  state.textContent = trusted ? yes : no;
  state.dataset.trusted = String(trusted);
}

/** Without trust the browser breaks off before anything is answered. */
async function answers(url) {
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    await fetch(url, { mode: 'no-cors', cache: 'no-store', credentials: 'omit', signal });
    return true;
  } catch {
    return false;
  }
}
