# Against a server: INFISICAL_HOST and INFISICAL_SERVICE_TOKEN say which.

variables {
  env_slug    = "dev"
  parent_path = "/teams"
  services = {
    billing = {
      passwords = ["DB_PASSWORD", "QUEUE_PASSWORD"]
      settings  = { LOG_LEVEL = "info" }
    }
    search = {
      passwords = ["DB_PASSWORD"]
    }
  }
}

run "create" {
  assert {
    condition     = output.folder_paths == { billing = "/teams/billing", search = "/teams/search" }
    error_message = "The folders are not where they should be."
  }

  assert {
    condition     = length(output.fingerprints.billing) == 3 && length(output.fingerprints.search) == 1
    error_message = "Not every secret has a fingerprint."
  }

  assert {
    condition     = output.fingerprints.billing.DB_PASSWORD != output.fingerprints.search.DB_PASSWORD
    error_message = "Two services share a password, or at least its fingerprint."
  }
}

run "nothing_changes_by_itself" {
  assert {
    condition     = output.fingerprints == run.create.fingerprints
    error_message = "A password was written again although its version is the same."
  }
}

run "rotate" {
  variables {
    password_version = 2
  }

  assert {
    condition     = output.fingerprints.billing.DB_PASSWORD != run.create.fingerprints.billing.DB_PASSWORD
    error_message = "A raised version did not make up a new password."
  }

  assert {
    condition     = output.fingerprints.billing.LOG_LEVEL == run.create.fingerprints.billing.LOG_LEVEL
    error_message = "A setting changed with the passwords."
  }
}
