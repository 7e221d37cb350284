terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

import {
  to = infisical_folder.app
  id = "staging:/app"
}

resource "infisical_folder" "app" {
  env_slug = "staging"
  name     = "app"
}
