// Lists, creates, updates, reads and deletes secrets and folders with the SDK for
// Node, and fails at the first thing that is not as expected.
import assert from "node:assert/strict";
import { InfisicalSDK } from "@infisical/sdk";

const server = JSON.parse(process.env.SERVER);
const sdk = new InfisicalSDK({ siteUrl: server.host });
await sdk.auth().universalAuth.login({ clientId: server.client_id, clientSecret: server.client_secret });
const at = { projectId: server.workspace_id, environment: "dev", secretPath: "/app" };
const secrets = async () => (await sdk.secrets().listSecrets(at)).secrets;

assert.deepEqual(await secrets(), []);
const { secret } = await sdk.secrets().createSecret("A", { ...at, secretValue: "one", secretComment: "why" });
assert.equal(secret.secretValue, "one");
await sdk.secrets().createSecret("REF", { ...at, secretValue: "to ${A}" });
await assert.rejects(sdk.secrets().createSecret("A", { ...at, secretValue: "again" }));

await sdk.secrets().updateSecret("A", { ...at, secretValue: "two" });
await sdk.secrets().updateSecret("A", { ...at, newSecretName: "B" }); // without its value
const got = await sdk.secrets().getSecret({ ...at, secretName: "B" });
assert.deepEqual([got.secretValue, got.secretComment, got.id], ["two", "why", secret.id]);
assert.deepEqual((await secrets()).map((s) => [s.secretKey, s.secretValue]), [["B", "two"], ["REF", "to two"]]);
const hidden = await sdk.secrets().listSecrets({ ...at, viewSecretValue: false });
assert.equal(hidden.secrets[0].secretValueHidden, true);
assert.notEqual(hidden.secrets[0].secretValue, "two");
assert.equal((await sdk.secrets().listSecretsWithImports(at)).length, 2);

await sdk.secrets().deleteSecret("B", at);
assert.deepEqual((await secrets()).map((s) => s.secretKey), ["REF"]);
await assert.rejects(sdk.secrets().getSecret({ ...at, secretName: "B" }));

const folder = await sdk.folders().create({ projectId: at.projectId, environment: "dev", path: "/app", name: "below", description: "d" });
assert.equal(folder.description, "d");
const folders = await sdk.folders().listFolders({ projectId: at.projectId, environment: "dev", path: "/app" });
assert.deepEqual(folders.map((f) => [f.id, f.name]), [[folder.id, "below"]]);
