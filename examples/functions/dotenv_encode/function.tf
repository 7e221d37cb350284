terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

data "infisical_secrets" "app" {
  env_slug    = "dev"
  folder_path = "/app"
}

# A whole folder as the text of a .env file, for whatever takes one. It is
# sensitive because the values are.
output "dotenv" {
  value     = provider::infisical::dotenv_encode(data.infisical_secrets.app.values)
  sensitive = true
}
