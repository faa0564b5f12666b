// A real OpenID provider for the tests: oidc-provider, as certified, on a loopback port, with in-memory storage.
//
//   node provider.mjs PORT KEYS ALGORITHM     in the folder where `npm ci` ran; port 0 picks one
//
// Prints `listening on http://127.0.0.1:PORT`, which is the issuer. KEYS is a file with its private keys: made where there
// is none, so that a provider that comes back has the keys it had. Tokens come from the token endpoint: an application's
// by client credentials, a user's by the grant below. A person logs in, in a browser, as TENANT/USER with any password,
// through the public client `procura-cli`, or through the console's, `procura-console`, which has a secret. Lines on standard
// input steer it, and each is answered by one line:
//
//   publish     one more key is in the key set
//   sign        tokens are signed with the newest key
//   withdraw    the key set holds only the newest key
//
// It ends when standard input does, so that it never outlives the test.

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { Provider } = createRequire(`${process.cwd()}/`)("oidc-provider");
const [port, keysFile, algorithm] = process.argv.slice(2);

const AUDIENCE = "api://procura";
const SECONDS_DEFAULT = 600;
/** A grant as a test needs it: a token for the user that the request names, with the claims that it names. */
const USER_GRANT = "urn:procura:test:user";

let keys = existsSync(keysFile) ? JSON.parse(readFileSync(keysFile, "utf8")) : [newKey()];
let signing = keys.at(-1).kid;
let answer;

function newKey() {
  const pair =
    algorithm === "ES256"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...pair.privateKey.export({ format: "jwk" }), kid: randomUUID(), alg: algorithm, use: "sig" };
}

const lifetime = (context) => Number(context.oidc.params.seconds ?? SECONDS_DEFAULT);

/** The API that the tokens are for. */
const resource = () => ({
  audience: AUDIENCE,
  scope: "",
  accessTokenFormat: "jwt",
  jwt: { sign: { alg: algorithm, kid: signing } },
});

/** The claims of a person who logged in as TENANT/USER. */
function namedBy(account) {
  const [tid, oid] = account?.split("/") ?? [];
  return oid ? { tid, oid } : {};
}

/** The command line of Procura: a public client, to which a browser comes back on any port of this machine. */
const commandLine = {
  client_id: "procura-cli",
  application_type: "native",
  token_endpoint_auth_method: "none",
  grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
  id_token_signed_response_alg: algorithm,
  redirect_uris: ["http://127.0.0.1/callback"],
  response_types: ["code"],
};

/** The console of Procura: it keeps a secret, and a browser comes back to it on any port of this machine. */
const procuraConsole = {
  client_id: "procura-console",
  client_secret: "procura-console-secret",
  application_type: "native",
  grant_types: ["authorization_code"],
  id_token_signed_response_alg: algorithm,
  redirect_uris: ["http://127.0.0.1/sign-in/done"],
  response_types: ["code"],
};

/** Has requests answered with the keys as they are now: a provider's key set is fixed when it is made. */
function renew(issuer) {
  writeFileSync(keysFile, JSON.stringify(keys), { mode: 0o600 });
  const provider = new Provider(issuer, {
    clients: [commandLine, procuraConsole, ...["portal", "worker"].map((client) => ({
      client_id: client,
      client_secret: `${client}-secret`,
      grant_types: ["client_credentials", USER_GRANT],
      id_token_signed_response_alg: algorithm,
      redirect_uris: [],
      response_types: [],
    }))],
    // An ID token tells who somebody is, as Entra ID's does.
    claims: { openid: ["sub", "tid", "oid"] },
    conformIdTokenClaims: false,
    findAccount: (context, account) => ({ accountId: account, claims: () => ({ sub: account, ...namedBy(account) }) }),
    jwks: { keys },
    ttl: { AccessToken: lifetime, ClientCredentials: lifetime },
    features: {
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      devInteractions: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: { enabled: true, defaultResource: () => AUDIENCE, getResourceServerInfo: resource },
    },
    extraTokenClaims: (context, token) => JSON.parse(context.oidc.params.claims ?? JSON.stringify(namedBy(token.accountId))),
    issueRefreshToken: (context, client) => client.grantTypeAllowed("refresh_token"),
  });
  provider.registerGrantType(
    USER_GRANT,
    async (context) => {
      const { client, params } = context.oidc;
      const token = new provider.AccessToken({ client, accountId: params.subject, gty: USER_GRANT });
      token.resourceServer = new provider.ResourceServer(AUDIENCE, resource());
      context.body = { access_token: await token.save(), expires_in: token.expiration, token_type: "Bearer" };
    },
    ["subject", "claims", "seconds"],
  );
  answer = provider.callback();
}

const steps = {
  publish: () => keys.push(newKey()),
  sign: () => (signing = keys.at(-1).kid),
  withdraw: () => (keys = keys.slice(-1)),
};

const server = createServer((request, response) => answer(request, response));
server.listen(Number(port), "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  renew(issuer);
  console.log(`listening on ${issuer}`);
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    steps[line]();
    renew(issuer);
    console.log(line);
  });
  lines.on("close", () => process.exit());
});
