terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

import {
  to = infisical_secrets.app
  id = "dev:/app"
}

# Without a value, the one on the server stays as it is and out of the state.
resource "infisical_secrets" "app" {
  env_slug    = "dev"
  folder_path = "/app"

  secrets = {
    API_KEY               = {}
    PARTNER_SERVICE_TOKEN = {}
  }
}
