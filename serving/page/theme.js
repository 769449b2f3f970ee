/** Light or dark: as the system has it, until the reader chooses; that is remembered in the browser. */

const KEY = 'snaptrail.theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

function chosen() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;  // storage is switched off: the choice lasts as long as the page
  }
}

/** @param {HTMLButtonElement} button changes it */
export function startTheme(button) {
  let own = chosen();
  const show = () => {
    const theme = own ?? (dark.matches ? 'dark' : 'light');
    document.documentElement.dataset.theme = theme;
    button.textContent = theme === 'dark' ? '☀' : '☾';
    button.setAttribute('aria-label', theme === 'dark' ? 'Use light colours' : 'Use dark colours');
  };
  button.addEventListener('click', () => {
    own = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    try {
      localStorage.setItem(KEY, own);
    } catch {
      // as above
    }
    show();
  });
  dark.addEventListener('change', show);
  show();
}
