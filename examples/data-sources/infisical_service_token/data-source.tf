terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

data "infisical_service_token" "current" {}

# Says so in each plan when the token has less than 30 days left.
check "service_token" {
  assert {
    condition = (
      data.infisical_service_token.current.expires_at == null ? true :
      timecmp(data.infisical_service_token.current.expires_at, timeadd(plantimestamp(), "720h")) > 0
    )
    error_message = "The Infisical service token expires at ${coalesce(data.infisical_service_token.current.expires_at, "never")}."
  }
}

output "may_write" {
  value = data.infisical_service_token.current.can_write
}
