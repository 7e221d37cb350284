terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

variable "db_password" {
  type      = string
  sensitive = true
}

variable "api_token" {
  type      = string
  sensitive = true
  ephemeral = true
}

resource "infisical_secret" "db_password" {
  env_slug = "dev"
  name     = "DB_PASSWORD"
  value    = var.db_password
  comment  = "The application's own database user"

  secret_reminder = {
    note        = "Rotate together with the database"
    repeat_days = 90
  }
}

# Write-only: the value is in neither state nor plan. It is written when the
# version changes, and when somebody changed it on the server.
resource "infisical_secret" "api_token" {
  env_slug         = "dev"
  name             = "API_TOKEN"
  value_wo         = var.api_token
  value_wo_version = 1
}

# In a folder, which must exist.
resource "infisical_secret" "log_level" {
  env_slug    = "dev"
  folder_path = "/app"
  name        = "LOG_LEVEL"
  value       = "info"
}

# Something that is to be made anew when the token changes.
resource "terraform_data" "consumer" {
  lifecycle {
    replace_triggered_by = [infisical_secret.api_token.value_fingerprint]
  }
}
