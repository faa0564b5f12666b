// Copies the text of an area: the button appears only where there are scripts.
(() => {
  for (const button of document.querySelectorAll("[data-copies]")) {
    const area = document.getElementById(button.dataset.copies);
    if (!area) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      area.focus();
      area.select();
      try {
        await navigator.clipboard.writeText(area.value);
      } catch {
        document.execCommand("copy");
      }
      button.textContent = button.dataset.copied;
    });
  }
})();
