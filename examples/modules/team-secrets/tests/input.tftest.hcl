# Needs no server: nothing is asked of one.

mock_provider "infisical" {}

variables {
  env_slug = "dev"
}

run "a_name_twice" {
  command = plan

  variables {
    services = {
      billing = {
        passwords = ["DB_PASSWORD"]
        settings  = { DB_PASSWORD = "x" }
      }
    }
  }

  expect_failures = [var.services]
}

run "a_short_password" {
  command = plan

  variables {
    services        = {}
    password_length = 8
  }

  expect_failures = [var.password_length]
}

run "one_folder_a_service" {
  command = plan

  variables {
    services = {
      billing = { settings = { LOG_LEVEL = "info" } }
      search  = { settings = { LOG_LEVEL = "debug" } }
    }
  }

  assert {
    condition     = toset(keys(infisical_folder.service)) == toset(["billing", "search"])
    error_message = "Each service gets a folder named after it."
  }
}
