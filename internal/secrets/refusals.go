package secrets

// serverManaged is the error of a write to a secret that the server itself keeps:
// one by one they are refused, in a batch they are dropped without a word.
func serverManaged(ref Ref, why string) *Error {
	subject := ""
	if ref != (Ref{}) {
		subject = ref.String()
	}
	return &Error{
		Problem: ProblemMode, Subject: subject, Why: why + " It is a honey token or a rotated secret, which only the server changes and deletes.",
		Do: "Give yours another name. Where the state has it, terraform state rm takes it out; nothing was changed on the server.",
	}
}
