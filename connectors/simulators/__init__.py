"""An ERP and an MES to try the QMS with: processes of their own, spoken to over HTTP only. They import nothing of the QMS."""
