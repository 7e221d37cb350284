terraform {
  required_version = ">= 1.11"

  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"

      configuration_aliases = [infisical.old, infisical.new]
    }
  }
}
