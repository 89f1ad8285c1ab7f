// Two pictures of one page over each other and a slider that moves the edge between them.
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".compare");
  for (const name of ["before", "after"]) {
    const image = root.querySelector(`.${name}`);
    if (image.getAttribute("src") !== data[name]) image.src = data[name];
  }
  const range = root.querySelector("input");
  range.oninput = () => root.style.setProperty("--cut", `${range.value}%`);
  root.addEventListener("keydown", (event) => event.stopPropagation());
}
