// Tells the exam room in the other tab that the sign-in stands again.
const { csrf } = document.querySelector("[data-signed-in]").dataset;
new BroadcastChannel("lms-exams-sign-in").postMessage({ csrf });
