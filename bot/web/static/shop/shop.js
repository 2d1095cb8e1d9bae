/* The demo shop's two small helps: copy an order's data, and open the chat with a first sentence ready to send. */
(() => {
  'use strict';

  async function copy(button) {
    const text = button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch { // no clipboard without https: select the text for the visitor to copy
      const range = document.createRange();
      range.selectNodeContents(button.previousElementSibling);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      return;
    }
    const word = (button.dataset.word ||= button.textContent);
    button.textContent = button.dataset.done;
    document.getElementById('said').textContent = `${button.dataset.done}: ${text}`;
    setTimeout(() => { button.textContent = word; }, 1600);
  }

  document.addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (!button) return;
    if (button.dataset.copy) copy(button);
    if (!('openChat' in button.dataset)) return;
    document.querySelector('retour-chat')?.open({ text: button.dataset.say });
  });
})();
