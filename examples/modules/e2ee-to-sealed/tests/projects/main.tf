# The credential of the new project, on its way from the environment to the
# provider: terraform test hands variables to modules alone.

variable "new_project_token" {
  type = string
}

output "new_project_token" {
  value = var.new_project_token
}
