terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

import {
  to = infisical_secret.api_key
  identity = {
    env_slug    = "dev"
    folder_path = "/app" # / if left out
    name        = "API_KEY"
  }
}

# Without a value, the one on the server stays as it is and out of the state.
resource "infisical_secret" "api_key" {
  env_slug    = "dev"
  folder_path = "/app"
  name        = "API_KEY"
}
