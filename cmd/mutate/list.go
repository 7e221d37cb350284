package main

import (
	"fmt"
	"os"
	"strings"
)

// mutations are the checks, each with the words that stand for it. What cannot
// be noticed is left out: that a field just sealed opens again guards against
// faulty memory alone, and what of an envelope does not authenticate is empty,
// which is no frame either.
func mutations() ([]mutation, error) {
	const (
		field, key         = "internal/e2ee/field.go", "internal/e2ee/key.go"
		backend, es        = "internal/secrets/backend_e2ee.go", "internal/secrets/backend_es.go"
		record             = "internal/secrets/backend_e2ee_record.go"
		read, snapshot     = "internal/secrets/read.go", "internal/secrets/snapshot.go"
		client, transport  = "internal/api/client.go", "internal/api/transport.go"
		table, diagnostics = "internal/api/errors.go", "internal/provider/diagnostics.go"
		sealed, sealing    = "internal/secrets/backend_sealed.go", "internal/secrets/sealing.go"
		envelope, ring     = "internal/seal/envelope.go", "internal/seal/ring.go"
		who, projectKey    = "internal/secrets/credential.go", "internal/secrets/project_key.go"
		memory, words      = "internal/provider/secret_memory.go", "internal/api/words.go"
		bulk, bulkModel    = "internal/provider/secrets_resource.go", "internal/provider/secrets_resource_model.go"
		bulkPlan, leaving  = "internal/provider/secrets_plan.go", "internal/provider/secrets_leaving.go"
		secret             = "internal/provider/secret_resource.go"
		value, model       = "internal/provider/write_only.go", "internal/provider/secret_model.go"
		of2023, settle     = "internal/secrets/servers_of_2023.go", "internal/secrets/settle.go"
	)
	const lives = "internal/provider:TestPlanPromises"
	all := []mutation{
		{field, "tag is verified", "joined, nil)\n\tif err != nil {", "joined, nil)\n\tif false {", ""},
		{field, "tag length", "if len(s.Tag) != tagSize {", "if false {", ""},
		{field, "IV length", "if len(s.IV) != ivSize && len(s.IV) != ivSizeShort {", "if false {", ""},
		{field, "IV is random", "_, _ = rand.Read(iv)", "_ = rand.Read", ""},
		{key, "key length", "if !isHex(text, keyTextLength) {", "if !isHex(text, len(text)) {", ""},
		{key, "key is hexadecimal", "if !isHex(text, keyTextLength) {", "if len(text) != keyTextLength {", ""},

		{"internal/api/printable.go", "labels are printable", "*l = label(firstOf(Printable(text), maxLabel))", "*l = label(text)", "TestLabelsArePrintable"},
		{"internal/secrets/bounds.go", "number of folders", "if all > maxFolders {", "if false {", "TestFolders"},
		{"internal/secrets/bounds.go", "depth of folders", "if f.depth() <= maxFolderDepth {", "if true {", "TestFoldersWithoutEnd"},
		{"internal/secrets/bounds.go", "number of rows", "case r.brought.rows > r.left.rows:", "case false:", "TestRowsOfTheWholeStore"},
		{"internal/secrets/bounds.go", "length of rows", "case r.brought.bytes > r.left.bytes:", "case false:", "TestRowsOfTheWholeStore"},
		{"internal/secrets/bounds.go", "number of sources", "if len(b.sources) == maxSources {", "if false {", "TestImportsWithoutEnd"},
		{"internal/secrets/bounds.go", "requests that explain", "return b.asked <= maxExplained", "return true", "TestImportsWithoutEnd"},
		{"internal/secrets/folders_below.go", "a folder listed twice", "twice {", "twice && false {", "TestFoldersWithoutEnd"},
		{"internal/secrets/sealed_imports.go", "an unknown refusal is not absence", "err = b.proven(ctx, f, err)\n\t}\n\tif err == nil {\n\t\tb.known", "err = nil\n\t}\n\tif err == nil {\n\t\tb.known", "TestUnknownRefusals"},
		{"internal/secrets/expand.go", "references_within", "!f.within(bound) {", "false {", "TestReferences"},
		{"internal/api/proxy.go", "malformed proxy", "if setting == \"\" || isProxyAddress(setting) {", "if setting == \"\" || setting != \"\" {", "TestMalformedProxySettings"},
		{record, "project of a record", "differs(s.WorkspaceID, f.WorkspaceID) || ", "", ""},
		{record, "environment of a record", "differs(s.Environment, f.Environment) || ", "", ""},
		{record, "folder of a record", " || differs(s.Path, f.Path)", "", ""},
		{backend, "type in a list", "visible := s.Type == \"shared\" || personal && b.user", "visible := true || personal", ""},
		{backend, "type in an echo", "echo.Type != ref.kind()", "false", ""},
		{backend, "name in an echo", "r.name != ref.Name", "false", ""},
		{backend, "id in the echo of an update", "w.kind == updateSecret && echo.ID != w.id", "false", ""},
		{backend, "id in the echo of a delete", "err == nil && echo.ID != w.id", "err == nil && echo.ID == \"\"", ""},
		{backend, "ids in the echo of a batch of deletes", "if !deleted[w.id] && !b.of2023 {", "if false {", ""},
		{backend, "names in the echo of a batch", "if !ok {\n\t\t\toutcomes[i].err", "if !ok && false {\n\t\t\toutcomes[i].err", ""},
		{backend, "content in an echo", "if !got.equal(w.content) {", "if false {", ""},
		{backend, "details in an echo", "if !w.want.equalEcho(r.details) {", "if false {", ""},
		{record, "name opens", "name, err := b.open(s.Key)\n\tif err != nil {", "name, err := b.open(s.Key)\n\tif err != nil && false {", ""},
		{record, "name is text", "if !utf8.ValidString(name) {", "if false {", ""},
		{backend, "name is no copy of a value", "if contents[s.Key.IV] {", "if false {", ""},
		{record, "name keeps the rules", "if CheckName(name) != nil {\n\t\tr.nameWithheld", "if false {\n\t\tr.nameWithheld", ""},
		{read, "a name that nobody typed is not followed", "case renamed.sealedName &&", "case false &&", ""},
		{"internal/provider/secret_rename.go", "a plan stops for a rename", "if !memory.Renamed ||", "if true ||", "TestNamesAreNoOracle"},
		{record, "value opens", "value, openErr := b.open(s.Value)\n\tif openErr != nil {", "value, openErr := b.open(s.Value)\n\tif false {", ""},
		{record, "comment opens", "comment, openErr := b.open(s.Comment)\n\t\tif openErr != nil {", "comment, openErr := b.open(s.Comment)\n\t\tif false {", ""},
		{record, "base64 is strict", "base64.StdEncoding.Strict()", "base64.StdEncoding", ""},
		{backend, "version of the project", "case w.Version >= 3:", "case false:", ""},
		{es, "project of a record in the clear", "differs(s.WorkspaceID, f.WorkspaceID) || ", "", ""},
		{es, "environment of a record in the clear", "differs(s.Environment, f.Environment) || ", "", ""},
		{es, "folder of a record in the clear", " || differs(s.Path, f.Path)", "", ""},

		{envelope, "commitment of an envelope", "subtle.ConstantTimeCompare(commitment, sealed.commitment) != 1", "subtle.ConstantTimeCompare(commitment, sealed.commitment) > 1", ""},
		{envelope, "one text for each envelope", "frameSize%blockSize != 0", "false", ""},
		{envelope, "version of an envelope", "case number != version:", "case number == \"\":", ""},
		{ring, "key of an envelope", "if key.id == id {", "if true {", ""},
		{sealing, "project of an envelope", "ProjectID: ref.WorkspaceID", "ProjectID: \"any\"", "Seal"},
		{sealing, "environment of an envelope", "Environment: ref.Environment", "Environment: \"any\"", "Seal"},
		{sealing, "folder of an envelope", "Path: ref.Path", "Path: \"/any\"", "Seal"},
		{sealing, "name of an envelope", "Name: ref.Name, Type", "Name: \"any\", Type", "Seal"},
		{sealing, "type of an envelope", "Type: ref.kind()", "Type: \"any\"", "Seal"},
		{sealed, "plaintext in the place of an envelope", "secret.Envelope = &Envelope{KeyID: keyIDOf(text), Hash: envelopeHash(text)}", "secret.Envelope = &Envelope{KeyID: keyIDOf(text), Hash: envelopeHash(text)}\n\t\tif !seal.IsEnvelope(text) {\n\t\t\tsecret.Value = NewValue(text)\n\t\t\treturn secret, nil\n\t\t}", "Seal"},
		{sealed, "an unknown key is said to be one", "case errors.Is(err, seal.ErrUnknownKey):", "case false:", "Seal"},
		{sealed, "another place is said to be one", "case errors.Is(err, seal.ErrOtherPlace):", "case false:", "Seal"},
		{sealed, "a generation above the one that is there", "max(w.replaces+1, uint64(time.Now().UnixMilli()))", "uint64(time.Now().UnixMilli())", "Seal"},
		{sealed, "a generation of the clock", "max(w.replaces+1, uint64(time.Now().UnixMilli()))", "max(w.replaces+1, uint64(time.Millisecond))", "Seal"},
		{"internal/secrets/update.go", "the generation that is there", "secret.Envelope.Generation", "0", "Seal"},
		{es, "envelope in an echo", "case w.sealed && echo.Value() != w.content.Value.Reveal():", "case w.sealed:", "ES|Seal|Other|Personal"},
		{es, "value in an echo in the clear", "case echo.Value() != w.content.Value.Reveal():", "case false:", "ES|Seal|Other|Personal"},
		{es, "name in an echo in the clear", "case nameKey(r.name) != nameKey(w.name):", "case false:", "ES|Seal|Other|Personal"},
		{es, "type in an echo in the clear", "case echo.Type != after.kind():", "case false:", "ES|Seal|Other|Personal"},
		{es, "id in the echo of an update in the clear", "case w.kind == updateSecret && echo.ID != w.id:", "case false:", "ES|Seal|Other|Personal"},
		{es, "id in the echo of a delete in the clear", "if err == nil && echo.ID != w.id {", "if err == nil && echo.ID == \"\" {", "ES|Seal|Other|Personal"},
		{es, "type in a list in the clear", "s.Type == \"shared\" || s.Type == \"personal\" && b.user", "true", "ES|Seal|Other|Personal"},
		{sealed, "names in the echo of a batch of envelopes", "case !answered:", "case !answered && echo.ID != \"\":", "Seal"},
		{sealed, "ids in the echo of a batch of deletes of envelopes", "case kind == deleteSecret && byID[w.id]:", "case kind == deleteSecret && len(byID) > 0:", "Seal"},
		{sealed, "version of a project for envelopes", "case w.Version < 3:", "case false:", "Seal"},
		{sealed, "unknown version of a project for envelopes", "case w == nil:", "case w == nil:\n\t\treturn nil, nil", "Seal"},
		{sealed, "2023 for envelopes", "if a.of2023 {", "if false {", "Seal"},
		{sealed, "a value that is not shown", "case r.hidden:", "case false:", "Seal"},
		{sealed, "a value that the server makes", "case r.rotated:", "case false:", "Seal"},
		{of2023, "what servers of 2023 do not change", "if !b.of2023 || w.kind == deleteSecret {", "if true {", "2023"},
		{of2023, "a folder of late 2023 that is missing", "if lookErr != nil || named(folders, name) != nil {\n\t\t\treturn false, err\n\t\t}\n\t\treturn true, nil", "return false, nil", "EachEra"},
		{of2023, "folders of before October 2023", "if !p.access.early {\n\t\treturn nil\n\t}\n\treturn &Error{", "if true {\n\t\treturn nil\n\t}\n\treturn &Error{", "EachEra"},
		{who, "whose a personal secret is", "if !ref.Personal || p.access.user {", "if true {", "Personal|OtherKind"},
		{who, "a user for a personal secret", "if p.access.user {\n\t\treturn nil", "if true {\n\t\treturn nil", "Personal|OtherKind"},
		{read, "a secret of the other kind by id", "followed = followed && byID.personal == ref.Personal", "", "Personal|OtherKind"},
		{snapshot, "personal secrets that go along", "if gone.name != \"\" && !gone.personal {", "if false {", "Personal|OtherKind"},
		{snapshot, "a folder under another project key", "err = p.checkKey(f.String(), got.rows)", "err = nil", "ProjectKey"},
		{projectKey, "an environment under another project key", "case len(rows) > 0:", "case false:", "ProjectKey"},
		{projectKey, "a project key that opens something", "func(r row) bool { return r.name != \"\" || r.nameWithheld }", "func(row) bool { return true }", "ProjectKey"},
		{projectKey, "a project key that cannot be tried", "case api.KindOf(err) == api.KindPermission:", "case api.KindOf(err) == api.KindApprovalPending:", "ProjectKey"},
		{projectKey, "a project key that is tried once", "p.keyBelieved.Store(f.Environment, true)", "", "ProjectKey"},

		{"internal/secrets/sealed_location.go", "a project that the server says", "case f.WorkspaceID == \"\":", "case false:", "Seal"},
		{"internal/secrets/sealed_location.go", "an environment that the server says", "case f.Environment == \"\":", "case false:", "Seal"},
		{"internal/secrets/key_pin.go", "a pinned project key", "s.keyPin == key.ID()", "true", "Pin"},
		{"internal/secrets/key_pin.go", "a project key that a state remembers", "id == p.backend.fingerprintKeyID()", "true", "Pin"},

		{read, "two secrets of one name", "case len(named) > 1:", "case false:", ""},
		{snapshot, "two secrets of one id", "if ids[r.id] {", "if false {", ""},
		{snapshot, "a missing folder is confirmed", "missing, err = s.confirmMissing(ctx, p, f)", "", ""},
		{"internal/secrets/create.go", "content of what is taken over", "if !draft.Keep && !secret.equal(draft.content()) {", "if false {", ""},
		{"internal/secrets/create.go", "what this run wrote is another resource's", "case err == nil && k.isOwned(existing.id):", "case false:", ""},
		{"internal/secrets/create.go", "a create that timed out is not sent again", "if timedOut(d.err) {", "if false {", ""},
		{"internal/secrets/update.go", "id of what is updated", "if id != \"\" && current.id != id {", "if false {", ""},
		{"internal/secrets/delete.go", "id of what is deleted", "case id != \"\" && current.id != id:", "case false:", ""},
		{"internal/secrets/delete.go", "what was taken over is kept", "if k.tookOver(current.id) {", "if false {", ""},

		{"internal/api/credential.go", "three parts of a token", "parts[:min(len(parts), 3)]", "parts", ""},
		{client, "length of an answer", "r.left < 0", "false", ""},
		{client, "HTML is no answer", "case trimmed[0] == '<':", "case false:", ""},
		{"internal/api/secrets.go", "an answer has an id", "answer.Secret == nil || answer.Secret.id() == \"\"", "answer.Secret == nil", ""},
		{"internal/api/batch.go", "all of a batch's answers have ids", "if w.id() == \"\" {", "if false {", ""},
		{transport, "redirects are not followed", "func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }", "nil", ""},
		{transport, "a write is not repeated", "!final && (!write || !wasSent(err))", "!final", ""},
		{transport, "a write is not repeated after 502", "return !write, nil", "return true, nil", ""},
		{transport, "a write is finished", "ctx = context.WithoutCancel(ctx)", "_ = ctx", ""},
		{table, "the label of an answer", "r.labels != \"\" && !slices.Contains(strings.Split(r.labels, \"|\"), label)", "r.labels != \"\" && false", ""},
		{table, "the status of an answer", "r.status != 0 && r.status != status || ", "", ""},
		{table, "words make no kind", "case r.words == nil:", "case r.hint != HintExists:", "Words|Table"},
		{table, "an unknown refusal is one", "e.Kind = cmp.Or(e.Kind, KindRefused)", "_ = KindRefused", ""},
		{settle, "a refused write is looked after", "case e.IsRefusal():\n\t\treturn look", "case e.IsRefusal():\n\t\treturn stop", "internal/provider:TestWording"},
		{settle, "a refused batch is taken apart", "case d.shared && (e.IsRefusal() || e.Kind == api.KindBodyTooLarge):", "case false:", "internal/provider:TestWording"},
		{settle, "a lost answer may be of what is there", "t.lost = true", "", "internal/provider:TestWording|internal/provider:TestFaultMatrix"},
		{settle, "what doubles is not sent again after its time", "c.doubles && timedOut(sent)", "false", "TestLostCreateOfAnImport"},
		{"internal/secrets/missing.go", "a refused list is proved to be of a missing folder", "case missing:\n\t\treturn nil\n\tcase ProblemOf(err)", "case true:\n\t\treturn nil\n\tcase ProblemOf(err)", "TestUnknownRefusals|TestMissingOverV4"},
		{"internal/secrets/update.go", "a rename whose name is taken", "return Secret{}, k.explainRename(w, last)", "return Secret{}, last", "internal/provider:TestWording"},
		{words, "ciphertext in the server's words", "message = ciphertextLike.ReplaceAllString(hideAll(message, sent), gap)", "message = hideAll(message, sent)", ""},

		{bulkModel, "what an import found is not managed yet", "e.stored(s)\n\te.Version = types.Int64Null()", "e.stored(s)", "TestImportedSecrets"},
		{leaving, "a refresh in E2EE mode takes no name from the server", "exclusive := state.Exclusive.ValueBool() && !s.store.SealsNames()", "exclusive := state.Exclusive.ValueBool()", "TestExclusiveSends"},
		{"internal/secrets/planned_folders.go", "a folder that a replacement needs", "_, err := s.Contents(ctx, f, nil)\n\treturn onlyMissing(err)", "return nil", "internal/provider:TestReplacementInto"},
		{"internal/secrets/claims.go", "a second resource for one secret", "return second != Leaves", "return second == Keeps || second == Drops || second == Clears", "internal/provider:TestSecondResource"},
		{"internal/secrets/claims.go", "what another owner keeps stays", "leave = leave || other != owner && (!known", "leave = leave && other != owner && (!known", "internal/provider:TestOneOfTwoOwners"},
		{"internal/secrets/create.go", "adoption is said at apply", "s.noteAdoption(adoption(existing, ref, draft))", "_ = existing", "internal/provider:TestAdoption"},
		{leaving, "adoption is said at plan", "for _, warning := range secrets.AdoptionWarnings(all, true) {", "for _, warning := range secrets.AdoptionWarnings(nil, true) {", "TestAdoption"},
		{bulk, "a delete goes by the state", "if e.isManaged() && !slices.Contains(memory.Left, name) {", "if _, managed := memory.Secrets[name]; managed {", "TestTaintedSecrets"},
		{bulkPlan, "secrets that a plan deletes are named", "addDeleted(diags, p.folder, deleted)", "_ = deleted", "TestSecretsThatLeave"},
		{diagnostics, "a version that goes backwards", "s.Version >= seen.ValueInt64()", "true", "TestReplayed"},
		{diagnostics, "another id begins anew", "id.ValueString() != s.ID || ", "", "TestReplayed"},
		{memory, "a generation that goes backwards", "m.Envelope.Generation < m.Generation", "false", "TestSealedRollback"},

		{value, "a rename with another value", "case in.renamed && !isLastWritten && !in.deferred:", "case false && !isLastWritten:", "TestShiftOfCount"},
		{value, "a value in the state that does not change", "Write: in.creating || !in.unchanged", "Write: true", "TestWrittenOnce"},
		{secret, "the plan decides about a value", "known && decision.Write {", "known {", "TestWrittenOnce"},
		{bulk, "the plan decides about the values of elements", "known && decided[name].Write {", "known {", "TestWrittenOnce"},
		{model, "a comment that does not change", "if planned.Equal(prior) {", "if planned.IsNull() && prior.IsNull() {", "TestIgnoredDetails"},
		{secret, "a rollback is accepted by one apply", "if memory.isRolledBack() { // accepted", "if state.AcceptRollback.ValueBool() {\n\t\tmemory.acceptRollback()\n\t}\n\tif memory.isRolledBack() { // accepted", "TestSealedRollback"},
		{bulk, "rollbacks are accepted by one apply", "if names := memory.rolledBack(); len(names) > 0 { // accepted", "if state.AcceptRollback.ValueBool() {\n\t\tmemory.acceptRollbacks()\n\t}\n\tif names := memory.rolledBack(); len(names) > 0 { // accepted", "TestSealedRollback"},

		{"internal/secrets/host.go", "an empty host", "case isSet && i == 0:", "case isSet && i < 0:", "TestHost"},
		{"internal/secrets/project_lookup.go", "the list of an API key's projects", "if isAPIKey(s.credential) {", "if false {", "TestAPIKeysLook"},
		{"internal/secrets/unlock.go", "a project of version 2", "case known.Version == 2:", "case false:", "TestProjectOfVersion2"},
		{"internal/secrets/read.go", "a rename in sealed mode", "!r.sealedAs(ref.Name) {", "true {", "TestSealedSecretThatOthersRenamed"},
		{"internal/secrets/backend_es_details.go", "a reminder that stays", "later := b.spoken.known() == api.RawV4 ||", "later := false &&", "TestRemindersOverV4"},
		{"internal/secrets/backend_es_details.go", "metadata that a server cuts", "case HasOuterSpace(key), HasOuterSpace(value):", "case value == \"\\x00\":", "TestDetailsOverV4"},
		{"internal/secrets/backend_es_details.go", "one request for a create", "if b.spoken.known() == api.RawV4 {", "if false {", "TestDetailsOverV4"},
		{"internal/secrets/folder_delete.go", "the server guards deletes", "if !force && p.backend.isLater() {", "if false {", "TestServerGuards"},
		{"internal/api/login.go", "no login into a lock", "!l.final && ", "", "internal/api:TestAFailedLogin"},
		{es, "a value that the server keeps", "w.wasPlain:", "false:", "TestServerManaged"},
		{"internal/secrets/gather.go", "metadata that is chosen by", "if held, ok := r.details.Metadata[key]; !ok || held != value {", "if false {", "internal/provider:TestMetadataFilter"},

		// Each is found by random edits, too.
		{value, "lives: a rename with another value", "case in.renamed && !isLastWritten && !in.deferred:", "case false && !isLastWritten:", lives},
		{secret, "lives: the plan decides about a value", "known && decision.Write {", "known {", lives},
		{bulk, "lives: a delete goes by the state", "if e.isManaged() && !slices.Contains(memory.Left, name) {", "if _, managed := memory.Secrets[name]; managed {", lives},
		{bulkModel, "lives: what an import found is not managed yet", "e.stored(s)\n\te.Version = types.Int64Null()", "e.stored(s)", lives},
		{"internal/secrets/planned_folders.go", "lives: a folder that a replacement needs", "_, err := s.Contents(ctx, f, nil)\n\treturn onlyMissing(err)", "return nil", lives},
		{leaving, "lives: adoption is said at plan", "for _, warning := range secrets.AdoptionWarnings(all, true) {", "for _, warning := range secrets.AdoptionWarnings(nil, true) {", lives},
		{"internal/secrets/claims.go", "lives: a second resource for one secret", "return second != Leaves", "return second == Keeps || second == Drops || second == Clears", lives},
		{"internal/secrets/batcher.go", "no clock while a request is under way", "case b.sending == 0:", "default:", "internal/secrets:TestNoClockWhileARequestIsUnderWay"},
		{"internal/secrets/claims.go", "a create beside a rename", "case Creates, Renames:", "case Creates + 100:", "internal/provider:TestCreateBesideARename"},
		{"internal/provider/secret_plan.go", "lives: a replacement that meets a secret", "if err != nil && replaced {", "if false {", lives},
	}
	rows, err := rowsOf(table)
	return append(all, rows...), err
}

// rowsOf are the rows of the table that tells answers apart: each is left out.
func rowsOf(file string) ([]mutation, error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	_, rest, begins := strings.Cut(string(source), "var rules = []rule{\n")
	rows, _, ends := strings.Cut(rest, "\n}\n")
	if !begins || !ends {
		return nil, fmt.Errorf("%s holds no table of rules", file)
	}
	var out []mutation
	for line := range strings.Lines(rows) {
		if row := strings.TrimSpace(line); strings.HasPrefix(row, "{") {
			out = append(out, mutation{file, "row " + strings.TrimSuffix(row, ","), line, "", ""})
		}
	}
	return out, nil
}
