terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

data "infisical_secret_imports" "app" {
  env_slug    = "dev"
  folder_path = "/app"
}

output "sources" {
  value = [
    for source in data.infisical_secret_imports.app.secret_imports :
    "${source.import_env_slug}:${source.import_folder_path}"
  ]
}
