/** The API pages: copy a sample, and say so. */
const said = document.getElementById('say-polite');

document.addEventListener('click', async ({ target }) => {
  const button = target.closest('[data-js="copy"]');
  if (!button) return;
  await navigator.clipboard.writeText(button.parentElement.querySelector('code').textContent);
  const word = button.textContent;
  button.textContent = button.dataset.done;
  said.textContent = button.dataset.done;
  setTimeout(() => {
    button.textContent = word;
    said.textContent = '';
  }, 2000);
});
