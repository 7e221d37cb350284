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

resource "infisical_secret" "db_password" {
  env_slug = "dev"
  name     = "DB_PASSWORD"
  value    = var.db_password
  comment  = "The application's own database user"
}

# In a folder, which must exist.
resource "infisical_secret" "log_level" {
  env_slug    = "dev"
  folder_path = "/app"
  name        = "LOG_LEVEL"
  value       = "info"
}
