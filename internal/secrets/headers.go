package secrets

import (
	"errors"
	"slices"
	"strings"
)

// checkHeaders refuses a header that would hand a key to the server.
func checkHeaders(cfg Config) error {
	for _, value := range cfg.Headers {
		for _, key := range cfg.keys() {
			if strings.Contains(value, key) {
				return &SettingError{Setting: "headers", Cause: errors.New("one of them holds a decryption key, which must not leave this process; the first three parts of a service token are sent without being asked for")}
			}
		}
	}
	return nil
}

// keys are the texts that must never be sent, as far as they are set.
func (cfg Config) keys() []string {
	keys := append([]string{cfg.PrivateKey, cfg.ProjectKey}, cfg.SealingKeys...)
	if parts := strings.Split(cfg.ServiceToken, "."); len(parts) > 3 {
		keys = append(keys, parts[3])
	}
	return slices.DeleteFunc(keys, func(key string) bool { return key == "" })
}
