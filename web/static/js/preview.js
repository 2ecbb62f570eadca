/** How the words of a flow will look, while they are typed: on a row, on a ticket, to customers. */

/** Keep the preview of a flow; `stages` tells each stage's usual word, look and next stage. */
export function preview(flow, stages) {
  const box = flow.querySelector('[data-js="preview"]');
  const fields = new Map([...flow.querySelectorAll('[data-save]')].map((one) => [stageOf(one), one]));
  const word = (key) => fields.get(key)?.value.trim() || stages.get(key).usual;

  function draw(key) {
    const { role, icon, next } = stages.get(key);
    for (const place of box.querySelectorAll('[data-js="word"]')) place.textContent = word(key);
    box.querySelector('[data-js="pill"]').dataset.role = role;
    box.querySelector('use').setAttribute('href', `#i-${icon}`);
    box.querySelector('[data-js="next"]').textContent = next ? word(next) : '';
  }

  for (const name of ['focusin', 'input', 'change']) {
    flow.addEventListener(name, ({ target }) => {
      if (target.matches('[data-save]')) draw(stageOf(target));
    });
  }
  draw(fields.keys().next().value);
  return draw;
}

const stageOf = (field) => field.name.split('.').at(-1);
