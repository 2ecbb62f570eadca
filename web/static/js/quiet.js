/** Do what nobody waits for once the page is there, and the browser has time. */
export function whenQuiet(act) {
  const later = () => (window.requestIdleCallback ?? setTimeout)(() => act());
  if (document.readyState === 'complete') later();
  else addEventListener('load', later, { once: true });
}
