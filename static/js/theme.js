// Loaded before the body, so that "as the device" never flashes. A file, not an inline script: the policy forbids those.
(() => {
  const root = document.documentElement;
  root.dataset.qScript = "";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    if (root.dataset.qTheme === "auto") root.dataset.bsTheme = dark.matches ? "dark" : "light";
  };
  paint();
  dark.addEventListener("change", paint);
})();
