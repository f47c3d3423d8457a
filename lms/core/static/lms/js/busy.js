// Sends the form again after the pause the server asked for.
const form = document.querySelector("form[data-again]");
setTimeout(() => form.requestSubmit(), Number(form.dataset.again) * 1000);
