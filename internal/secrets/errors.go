package secrets

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// Problem says what kind of thing went wrong, for callers that react to it.
type Problem int

// The problems.
const (
	ProblemOther             Problem = iota
	ProblemNotFound                  // it does not exist: the one that lets a state forget it
	ProblemExists                    // a create met a secret of that name with other content, a folder, or an import
	ProblemDuplicate                 // several rows of one name
	ProblemNotAuthentic              // a record does not open, or is not what was asked for
	ProblemFolderMissing             //
	ProblemEnvironment               // no such environment
	ProblemPermission                // the credential may not
	ProblemCredential                // the credential is not accepted
	ProblemWorkspace                 // not the credential's project
	ProblemMode                      // the project is not one that this mode can serve
	ProblemName                      //
	ProblemTooLarge                  //
	ProblemServer                    // no answer, no sensible answer, or a failure
	ProblemApproval                  // held for approval, nothing written
	ProblemTag                       // no such tag
	ProblemReference                 // a reference in a value leads nowhere, in a ring, or too far
	ProblemNotEmpty                  // a folder is not to be deleted, because it holds something
	ProblemSource                    // the folder that is to be imported is not there
	ProblemSourceEnvironment         // nor is its environment
	ProblemPosition                  // of an import: another one has it
	ProblemType                      // no personal secrets here
	ProblemRenamed                   // it has another name, which only the server vouches for
)

// Error is what a user is told. None of its texts holds a value, comment,
// token, key or ciphertext.
type Error struct {
	Problem Problem
	Subject string // what: the secret, folder or project
	Why     string // one or two sentences
	Do      string // the mend
	Server  string // what happened on the wire, last; may be empty
	ID      string // of what is in the way (ProblemExists)
}

// Error gives the sentences behind the subject and a colon.
func (e *Error) Error() string {
	var sentences []string
	for _, one := range []string{e.Why, e.Do, e.Server} {
		if one != "" {
			sentences = append(sentences, one)
		}
	}
	text := strings.Join(sentences, " ")
	switch {
	case e.Subject == "":
		return text
	case text == "":
		return e.Subject
	}
	return e.Subject + ": " + text
}

// ProblemOf is the problem of the first *Error in err's chain.
func ProblemOf(err error) Problem {
	var e *Error
	if errors.As(err, &e) {
		return e.Problem
	}
	return ProblemOther
}

// translate says in a user's words what an *api.Error means where it happened.
func (p *project) translate(err error, subject string, folder Folder) error {
	var e *api.Error
	if !errors.As(err, &e) {
		return err // ours already
	}
	if e.Kind == api.KindInterrupted {
		return e.Unwrap() // the same wherever the interrupt came
	}
	if own := (*Error)(nil); e.Kind == api.KindNoLogin && errors.As(e.Unwrap(), &own) {
		said := *own
		said.Subject = subject
		return &said
	}
	out := &Error{Subject: subject, Server: e.Error()}
	switch e.Kind {
	case api.KindPermission:
		// The server answers the same for an environment that does not exist.
		if !p.hasEnvironment(folder.Environment) {
			out.Problem, out.Why, out.Do = p.environmentMissing(folder.Environment)
			out.Server = "" // which speaks of permissions
			break
		}
		out.Problem = ProblemPermission
		out.Why = fmt.Sprintf("The %s may not do that.", p.access.noun)
		if folder != (Folder{}) {
			out.Why = strings.TrimSpace(fmt.Sprintf("The %s may not do that in the %s. %s", p.access.noun, folder, p.describeAccess()))
		}
		out.Do = p.access.wider
	case api.KindUnexplained:
		out.Problem = ProblemPermission
		out.Why, out.Do = p.unexplained(folder)
	case api.KindApprovalPending:
		out.Problem = ProblemApproval
		out.Why = "The server holds the change for approval: nothing was written."
		out.Do = "Have it approved and apply again, or use a credential that no approval policy covers."
	case api.KindBodyTooLarge:
		out.Problem = ProblemTooLarge
		out.Why = fmt.Sprintf("The server refuses requests of that size. Most take up to %d bytes, those of 2023 %d; what stands before a server may take less.", api.MaxBody, api.MaxBodyOf2023)
		out.Do = "Store a smaller value."
	case api.KindRouteNotFound:
		out.Problem = ProblemServer
		out.Why = fmt.Sprintf("The server does not know the address of this request. The server asked is %s.", p.host)
		out.Do = "Check that host is an Infisical server which still has the endpoints of this mode (/api/v3/secrets, in ES mode /api/v3/secrets/raw, in sealed mode that or /api/v4/secrets)."
	case api.KindRateLimited:
		out.Problem = ProblemServer
		out.Why = "The server's rate limit was still reached after waiting several times."
		out.Do = "Apply again later. infisical_secrets, or a higher -parallelism, does the same work in fewer requests."
	default:
		out.Problem, out.Why, out.Do = explainConnection(e, p.access.holder)
		if e.IsRefusal() {
			p.advise(out, e, folder)
		} else {
			out.Do += " The server asked is " + p.host + "."
		}
	}
	return out
}

// advise makes advice of what the words of a refusal seem to say. Nothing else
// hangs on them: by a problem that is set here no caller does anything.
func (p *project) advise(out *Error, e *api.Error, folder Folder) {
	hint := e.Hint
	if p.access.of2023 && e.Method == http.MethodPost && e.Status == http.StatusBadRequest {
		hint = api.HintExists // which is all that it says
	}
	switch hint {
	case api.HintFolderMissing, api.HintEnvironmentMissing:
		out.Why = fmt.Sprintf("The server refused the request, and seems to miss the folder %s or the environment %q.", folder.Path, folder.Environment)
		out.Do = "Check folder_path and env_slug, and that nobody deletes the folder meanwhile."
	case api.HintExists:
		out.Why = "The server takes the name for taken, and its list shows nothing of that name."
		out.Do = "Run again: it may have been made and deleted meanwhile."
		if p.access.early {
			out.Why += " Servers of June and July 2023 take a name in the root of an environment for taken if the root of another one has it."
			out.Do = "Use another name, or a folder."
		}
	case api.HintTagMissing:
		out.Problem = ProblemTag
		out.Why = "The project has no tag of one of these ids."
		out.Do = "Correct tag_ids: they are the ids of the project's tags, not their slugs or names."
	case api.HintNoBlindIndex:
		out.Problem = ProblemMode
		out.Why = "The project has no blind index, so the server cannot find its secrets by name."
		out.Do = "Open the project once in Infisical's web application as an administrator: it offers to create the index. Projects made since mid-2024 never have one and cannot be used in E2EE mode, only with encryption_mode = \"sealed\", or \"es\"."
	case api.HintNoBot:
		out.Problem = ProblemMode
		out.Why = "The project is end-to-end encrypted: the server holds no key of it, or may not use it, and so serves nothing in Encrypted Standard (ES) mode."
		out.Do = "Remove encryption_mode from the provider block (and INFISICAL_ENCRYPTION_MODE from the environment). Switch the project to ES mode in Infisical's web application only if its server is to read all its secrets."
	case api.HintServerManaged:
		own := serverManaged(Ref{}, "The server refuses to change or delete it.")
		out.Problem, out.Why, out.Do = own.Problem, own.Why, own.Do
	case api.HintUpgradeRunning:
		out.Why = "The project is being upgraded on the server, which refuses writes meanwhile. Nothing was written."
		out.Do = "Apply again when the upgrade is done. If it is the upgrade to version 3, the project leaves end-to-end encryption."
	case api.HintPersonalNeedsUser:
		out.Problem = ProblemType
		out.Why = fmt.Sprintf("A personal secret belongs to a user, and the server takes the %s for none.", p.access.noun)
		out.Do = "Leave type out, or set it to shared; or give the provider a user's API key (auth.api_key)."
	case api.HintPersonalNeedsShared:
		out.Why = "A personal secret stands beside a shared one of its name, and there is none."
		out.Do = "Create the shared secret first; where this configuration does, say so by depends_on."
	}
}

// hintOf is what the words of the first *api.Error in err's chain seem to say.
func hintOf(err error) api.Hint {
	var e *api.Error
	if errors.As(err, &e) {
		return e.Hint
	}
	return api.HintNone
}

// explainConnection covers what does not depend on what was asked for.
func explainConnection(e *api.Error, who *holder) (problem Problem, why, do string) {
	if e.Hint == api.HintAddressRefused && e.Status/100 == 4 {
		return ProblemCredential,
			fmt.Sprintf("The server does not take the %s from this machine's address.", who.noun),
			"Add the address, as the server sees it, to its trusted addresses, or run where they are."
	}
	said, isLogin := who.login[e.Kind]
	if isLogin && e.Hint == api.HintLoginLocked {
		return ProblemCredential, fmt.Sprintf("The server has locked the login of the %s for a while, because too many logins failed. It says the same to a right secret.", who.noun),
			"Wait until the lock ends (5 minutes, unless an administrator set another time); nothing was tried again, because on some servers each failed login prolongs it. Find out who logs in with a wrong secret. An administrator can end the lock at the identity's settings."
	}
	if isLogin {
		if hinted, ok := who.hinted[e.Hint]; ok {
			said = hinted
		}
		return ProblemCredential, said.why, said.do
	}
	if e.Hint == api.HintWrongProject && (e.Status == 0 || e.Status/100 == 4) {
		return ProblemWorkspace,
			fmt.Sprintf("The project that the configuration or the state names is not the %s's.", who.noun),
			who.outside
	}
	switch kind := e.Kind; {
	case e.Hint == api.HintExpired && (kind == api.KindTokenRejected || kind == api.KindRefused || kind == api.KindServer):
		return ProblemCredential, fmt.Sprintf("The %s has expired.", who.noun), who.mend
	case kind == api.KindTokenRejected, e.Hint == api.HintTokenRejected && (kind == api.KindRefused || kind == api.KindServer):
		return ProblemCredential, fmt.Sprintf("The server does not accept the %s: %s.", who.noun, who.rejected), who.mend
	}
	switch e.Kind {
	case api.KindLoginUnknown, api.KindLoginRejected, api.KindLoginNotOffered:
		return ProblemCredential, fmt.Sprintf("The server refuses the login of the %s.", who.noun), "The server's words follow."
	case api.KindTransport:
		return ProblemServer,
			"The server could not be reached, or did not answer.",
			"Check host, the network and any proxy, then run again."
	case api.KindTLS:
		return ProblemServer,
			"No TLS connection to the server came about, so nothing was sent to it.",
			"Check host. A certificate authority that this machine does not know goes into ca_cert_file, also that of a proxy which opens TLS; a client certificate into client_cert_file and client_key_file."
	case api.KindProxy:
		return ProblemServer,
			"The proxy that the environment names let nothing through, so nothing was sent to the server.",
			"Check HTTPS_PROXY. A server that is reached without the proxy goes into NO_PROXY."
	case api.KindMalformed:
		return ProblemServer,
			"What answered did not answer as Infisical does.",
			"Check that host is the address of an Infisical server and that nothing on the way rewrites its answers."
	case api.KindServer, api.KindLoginFailed:
		return ProblemServer, "The server failed.", "Run again; if it stays so, the server's own log says why."
	}
	if e.Message == "" {
		return ProblemServer, "The server refused the request, and gives no reason.", "Look into the server's own log."
	}
	return ProblemServer, "The server refused the request.", "The server's words follow."
}

func notAuthentic(subject, why string) *Error {
	return &Error{
		Problem: ProblemNotAuthentic, Subject: subject, Why: why,
		Do: "If another client wrote it, write it again with this provider. Otherwise treat the server as untrustworthy until you know why.",
	}
}

// replaced: between the last look and the write somebody deleted a secret and
// made another of its name, and the write, which goes by name, met that one.
func replaced(ref Ref, what string) *Error {
	return &Error{
		Problem: ProblemOther, Subject: ref.String(),
		Why: "It was deleted and made again outside of Terraform while this ran, and the new one was " + what + " instead.",
		Do:  "Look at the secret in Infisical's web application, which keeps its history, and run terraform plan.",
	}
}
