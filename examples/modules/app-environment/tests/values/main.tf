# What the consumer got.

terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

data "infisical_secrets" "consumer" {
  env_slug    = "dev"
  folder_path = "/consumer"
}

output "url_is_expanded" {
  value = nonsensitive(data.infisical_secrets.consumer.values["DB_URL"] == "postgres://app:first@db")
}
