// Light, dark or as the system has it; kept in the browser where it keeps anything for files.
const themes = ["", "light", "dark"];
const themeButton = document.getElementById("theme");
const root = document.documentElement;

function showTheme() {
  themeButton.ariaLabel = { light: "Colours: light", dark: "Colours: dark" }[root.dataset.theme] ?? "Colours: as the system has them";
  themeButton.title = themeButton.ariaLabel;
}

themeButton.addEventListener("click", () => {
  root.dataset.theme = themes[(themes.indexOf(root.dataset.theme) + 1) % themes.length] ?? "";
  try {
    localStorage.setItem("theme", root.dataset.theme);
  } catch {
    // The choice then lasts as long as the page.
  }
  showTheme();
});
showTheme();
