output "names" {
  description = "Names of what was sealed."
  value       = local.names
}

output "fingerprints" {
  description = "By name, what changes when the value in the new project does."
  value       = { for name, secret in infisical_secrets.sealed.secrets : name => secret.value_fingerprint }
}
