package devserver

// The raw endpoints carry plaintext, which needs a bot with the project key. No
// project here has one, so what passes validation is refused (PROTOCOL section 9).
var errNoBot = badRequest("failed to find bot key")

// rawRead is GET of the raw list and of a raw secret.
func rawRead(*call) (any, error) { return nil, errNoBot }

// rawWrite is POST and PATCH of a raw secret.
func rawWrite(c *call) (any, error) {
	f := newForm(c.body)
	f.place("secretPath")
	f.text("secretValue")
	f.secretType()
	if err := f.err(); err != nil {
		return nil, err
	}
	return nil, errNoBot
}

// rawDelete is DELETE of a raw secret.
func rawDelete(c *call) (any, error) {
	f := newForm(c.body)
	f.place("secretPath")
	f.secretType()
	if err := f.err(); err != nil {
		return nil, err
	}
	return nil, errNoBot
}
