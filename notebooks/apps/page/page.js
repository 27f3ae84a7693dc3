/** What the three pages have in common: what one sees of them. Nothing here is OAuth. */

const part = (id) => document.getElementById(id);

/** Show that nobody is logged in, and say why if there is a reason. */
export function showLoggedOut(why = "You are not logged in.") {
  part("status").textContent = why;
  part("out").hidden = false;
  part("in").hidden = true;
}

/** Show who is logged in, by the claims of the ID token. */
export function showLoggedIn(claims) {
  part("status").textContent = `You are logged in as ${claims.name ?? claims.sub}.`;
  part("out").hidden = true;
  part("in").hidden = false;
  part("claims").replaceChildren(
    ...["iss", "sub", "aud"].flatMap((name) => [element("dt", name), element("dd", String(claims[name]))]),
  );
}

/** Show what the API has answered, and say something about it. */
export function showMessages(messages, note) {
  part("messages").replaceChildren(...messages.map((text) => element("li", text)));
  if (note) part("status").textContent = note;
}

/**
 * Do this when the button of this id is pressed; what goes wrong is said on the page. Until it is done the button does
 * nothing: a refresh token that is sent twice ends the login at a server that rotates them.
 */
export function whenPressed(id, action) {
  const button = part(id);
  button.addEventListener("click", async () => {
    button.disabled = true;
    await attempt(action);
    button.disabled = false;
  });
}

/** Do this; what goes wrong is said on the page. */
export async function attempt(action) {
  part("error").hidden = true;
  try {
    await action();
  } catch (error) {
    part("error").textContent = error.message;
    part("error").hidden = false;
  }
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
