// Two pictures of one page over each other and a slider that moves the edge between them.
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".compare");
  for (const name of ["before", "after"]) {
    const image = root.querySelector(`.${name}`);
    if (image.getAttribute("src") !== data[name]) image.src = data[name];
  }
  for (const label of root.querySelectorAll("[data-text]")) label.textContent = data.texts[label.dataset.text];
  for (const [name, text] of [["before", "source"], ["after", "result"]]) root.querySelector(`.${name}`).alt = data.texts[text];
  root.querySelector("input").setAttribute("aria-label", data.texts.both);
  const range = root.querySelector("input");
  range.oninput = () => root.style.setProperty("--cut", `${range.value}%`);
  root.addEventListener("keydown", (event) => event.stopPropagation());
}
