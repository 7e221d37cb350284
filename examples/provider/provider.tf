terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

# The service token comes from INFISICAL_SERVICE_TOKEN, and the address of a
# server of your own from INFISICAL_HOST.
provider "infisical" {
  env_slug = "dev" # for every object below that names no environment itself
}

variable "smtp_password" {
  type      = string
  sensitive = true
}

resource "infisical_secret" "smtp_password" {
  name  = "SMTP_PASSWORD"
  value = var.smtp_password
}
