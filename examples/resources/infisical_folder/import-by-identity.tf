terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

import {
  to = infisical_folder.app
  identity = {
    env_slug = "staging"
    path     = "/app"
  }
}

resource "infisical_folder" "app" {
  env_slug = "staging"
  name     = "app"
}
