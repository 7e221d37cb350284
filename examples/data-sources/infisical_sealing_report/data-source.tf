terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

# INFISICAL_SEALING_KEYS holds the keys: the first seals, all of them open.
# INFISICAL_PROJECT_ID holds the project's id, which workspace_id stands for.
provider "infisical" {
  encryption_mode = "sealed"
}

data "infisical_sealing_report" "dev" {
  env_slug  = "dev"
  recursive = true
}

output "sealing_keys_in_use" {
  value = data.infisical_sealing_report.dev.sealing_key_ids
}

output "not_in_order" {
  value = [for s in data.infisical_sealing_report.dev.secrets : "${s.folder_path} ${s.name}: ${s.flaw}" if s.flaw != null]
}
