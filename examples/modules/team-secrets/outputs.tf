output "folder_paths" {
  description = "The folder of each service."
  value       = { for service, folder in infisical_folder.service : service => folder.path }
}

output "fingerprints" {
  description = "Of each service and name, what changes when the value does and tells nothing else of it: for replace_triggered_by and annotations."
  value = {
    for service, s in infisical_secrets.service : service => {
      for name, secret in s.secrets : name => secret.value_fingerprint
    }
  }
}
