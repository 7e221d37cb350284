terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

data "infisical_environments" "all" {}

# The same secret in each of them.
resource "infisical_secret" "region" {
  for_each = data.infisical_environments.all.slugs
  env_slug = each.key
  name     = "REGION"
  value    = "eu-west-1"
}
