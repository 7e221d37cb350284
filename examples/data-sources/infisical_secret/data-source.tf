terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

data "infisical_secret" "api_key" {
  env_slug    = "dev"
  folder_path = "/app"
  name        = "API_KEY"

  # Also look at what the folder imports, and put the values of other secrets in
  # the place of ${REFERENCES} to them.
  include_imports   = true
  expand_references = true
}

output "api_key" {
  value     = data.infisical_secret.api_key.value
  sensitive = true
}

# Changes when the value does, and tells nothing else of it: for an annotation,
# or for replace_triggered_by.
output "api_key_fingerprint" {
  value = data.infisical_secret.api_key.value_fingerprint
}
