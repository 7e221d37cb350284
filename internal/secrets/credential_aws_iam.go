package secrets

import (
	"context"
	"errors"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/awsauth"
)

// AWSIAM is the login of a machine identity by whatever AWS credentials there
// are where this runs.
type AWSIAM struct{ IdentityID string }

func newAWSIAM(cfg Config) (credential, error) {
	const way, setting = "AWS Auth", "auth.aws_iam.identity_id"
	if err := checkIdentityID(setting, cfg.AWSIAM.IdentityID); err != nil {
		return nil, err
	}
	who := identityHolder(way, map[api.Kind]refusal{
		api.KindLoginUnknown: unknownIdentity(way, setting),
		api.KindLoginRejected: {
			"The server does not take the AWS account or principal, which AWS told it, for this machine identity.",
			"Compare what aws sts get-caller-identity says here with the principals and accounts that the identity's AWS Auth allows.",
		},
		api.KindLoginFailed: {
			"The server failed at the login. It does when AWS refuses the signature, or when it cannot reach AWS.",
			"Check that aws sts get-caller-identity works here, with the same region, and that the clock is right to five minutes; the server's own log says more.",
		},
	}, nil)
	return cfg.identity(api.ByAWS(api.Identity{ID: cfg.AWSIAM.IdentityID, OrganizationSlug: cfg.OrganizationSlug}, signForAWS), who, "")
}

func signForAWS(ctx context.Context) (api.SignedRequest, error) {
	signed, err := awsauth.Sign(ctx)
	if err == nil {
		return api.SignedRequest(signed), nil
	}
	e := &Error{
		Problem: ProblemCredential, Server: Printable(err.Error()),
		Why: "No AWS credentials were found, where all AWS tools look for them, that could prove who this is.",
		Do:  "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run where AWS gives a role; aws sts get-caller-identity has to work here.",
	}
	if errors.Is(err, awsauth.ErrNoRegion) {
		e.Why = "No AWS region is set, and the signature of the login needs one."
		e.Do = "Set AWS_REGION, such as eu-central-1."
	}
	return api.SignedRequest{}, e
}
