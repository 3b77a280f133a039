// <print-page><button hidden>打印</button></print-page>: the button appears where a script can print; Ctrl+P always does.
customElements.define("print-page", class extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button")
    button.hidden = false
    button.addEventListener("click", () => print())
  }
})
