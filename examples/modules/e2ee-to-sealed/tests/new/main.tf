# What is in the new project.

terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

data "infisical_secrets" "this" {
  env_slug = "prod"
}

data "infisical_sealing_report" "this" {
  env_slug = "prod"
}

output "values" {
  value = nonsensitive(data.infisical_secrets.this.values)
}

output "in_order" {
  value = data.infisical_sealing_report.this.in_order
}
