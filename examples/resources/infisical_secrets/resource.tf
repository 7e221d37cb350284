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
  ephemeral = true
}

# A folder's secrets, written in one request.
resource "infisical_secrets" "app" {
  env_slug    = "prod"
  folder_path = "/app"

  secrets = {
    DB_HOST = { value = "db.internal" }
    DB_USER = { value = "app", comment = "Made by the database module" }

    # Write-only: in neither state nor plan, written when the version changes and
    # when somebody changed it on the server.
    DB_PASSWORD = { value_wo = var.db_password, value_wo_version = 1 }
  }
}

# The same as one map of values, which stays fast with thousands of secrets. The
# function dotenv_decode makes such a map of a file.
resource "infisical_secrets" "worker" {
  env_slug    = "dev"
  folder_path = "/app"

  values_wo         = { WORKER_TOKEN = var.db_password, QUEUE_PASSWORD = var.db_password }
  values_wo_version = 1
}

# All secrets of a folder. exclusive deletes the others after a plan has shown
# them; in e2ee mode it only warns of them, and remove deletes by name.
resource "infisical_secrets" "flags" {
  env_slug    = "staging"
  folder_path = "/app"
  exclusive   = true
  remove      = ["FEATURE_OLD"]

  secrets = { for name in ["FEATURE_A", "FEATURE_B"] : name => { value = "on" } }
}

# Something that is to be made anew when one of the values changes.
resource "terraform_data" "consumer" {
  triggers_replace = infisical_secrets.app.secrets["DB_USER"].value_fingerprint
}
