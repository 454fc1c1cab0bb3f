/* For <form data-pressroom>: signs up in place. Without this script the form posts as any form does. */
document.querySelectorAll("form[data-pressroom]").forEach(form => {
  const api = new URL("api/", form.action), note = document.createElement("p");
  note.setAttribute("role", "status");
  form.append(note);
  const fetchToken = () => fetch(api + "form").then(r => r.json()).then(t => { form.elements.form.value = t.form; }).catch(() => {});
  fetchToken();
  form.addEventListener("submit", async event => {
    event.preventDefault();
    try {
      const answer = await fetch(api + "subscribe", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(Object.fromEntries(new FormData(form))),
      });
      note.textContent = (await answer.json()).message;
      if (answer.ok) form.reset();
      fetchToken();
    } catch {
      form.submit();
    }
  });
});
