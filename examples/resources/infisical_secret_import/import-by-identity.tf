terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

import {
  to = infisical_secret_import.app
  identity = {
    env_slug           = "dev"
    folder_path        = "/app" # / if left out
    import_env_slug    = "prod"
    import_folder_path = "/app"
  }
}

resource "infisical_secret_import" "app" {
  env_slug           = "dev"
  folder_path        = "/app"
  import_env_slug    = "prod"
  import_folder_path = "/app"
}
