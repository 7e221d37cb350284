terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

# The service token of another project is itself a secret of this one. Terraform
# opens it when it needs it and keeps it neither in the state nor in the plan.
ephemeral "infisical_secret" "partner_token" {
  env_slug    = "dev"
  folder_path = "/app"
  name        = "PARTNER_SERVICE_TOKEN"
}

provider "infisical" {
  alias         = "partner"
  service_token = ephemeral.infisical_secret.partner_token.value
}

resource "infisical_secret" "callback_url" {
  provider = infisical.partner

  env_slug = "prod"
  name     = "CALLBACK_URL"
  value    = "https://example.com/callback"
}
