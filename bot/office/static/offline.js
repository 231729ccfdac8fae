// Marks are taken off what is typed as they were taken off the words; a guide is found when it has all of them.
(() => {
  const box = document.getElementById("_hop-tim"), field = document.getElementById("_tim");
  const told = document.getElementById("_ket-qua"), entries = [...document.querySelectorAll("[data-words]")];
  const bare = (text) => text.toLowerCase().replace(/đ/g, "d").normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  const find = () => {
    const typed = bare(field.value).split(/[^a-z0-9]+/).filter(Boolean);
    let count = 0;
    for (const entry of entries) {
      const words = entry.dataset.words;
      entry.hidden = !typed.every((word) => (" " + words).includes(" " + word));
      count += entry.hidden ? 0 : 1;
    }
    for (const area of document.querySelectorAll("nav section")) {
      area.hidden = !area.querySelector("li:not([hidden])");
    }
    told.textContent = typed.length ? told.dataset.told.replace("0", count) : "";
  };
  box.hidden = false;
  field.addEventListener("input", find);
  find();
})();
