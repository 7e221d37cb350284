package secrets

import (
	"errors"
	"os"
)

// DefaultHost is Infisical's own cloud.
const DefaultHost = "https://app.infisical.com"

// hostSetting is the setting of the server's address.
const hostSetting = "host"

// Host returns the address of the server and where it was set, for sentences
// such as "from INFISICAL_HOST". The configuration takes precedence over the
// environment, and the environment over [DefaultHost]. The error is a
// [SettingError].
//
// INFISICAL_API_URL and INFISICAL_DOMAIN are those of Infisical's command line:
// without them a token would be sent to the cloud by whoever has set up only that
// one. INFISICAL_HOST that is set and empty is an error for the same reason: a
// variable of a pipeline that is missing must not send a token elsewhere.
func (s Settings) Host() (address, from string, err error) {
	if text, ok := s.configured(hostSetting); ok {
		return text, "the provider block", nil
	}
	for i, name := range environment[hostSetting] {
		value, isSet := os.LookupEnv(name)
		switch {
		case value != "":
			return value, name, nil
		case isSet && i == 0:
			return "", name, &SettingError{Setting: hostSetting, Cause: errors.New(name + " is set and empty. " +
				"Set it to the address of the Infisical server, such as " + DefaultHost + ", or unset it")}
		}
	}
	return DefaultHost, "the default, because nothing sets another", nil
}

// hostOrigin is " (from …)", or nothing.
func (cfg Config) hostOrigin() string {
	if cfg.HostFrom == "" {
		return ""
	}
	return " (from " + cfg.HostFrom + ")"
}

// host names the server that this Store asks, and where its address was set.
func (s *Store) host() string { return s.client.Host() + s.hostOrigin }
