### The draft of an invitation’s e-mail.

draft-subject = { $partner } asks you for a reseller relationship
draft-text =
    Hello,

    { $partner } asks your organisation for a reseller relationship. If you accept, it can provide you with subscriptions and renew them, and it owes you support.

    { $dap }

    To accept, open this link and sign in as a Global administrator of your organisation:

    { $link }

    { $uses ->
        [once] The invitation can be accepted once, until { $until }.
       *[many] The invitation can be accepted until { $until }.
    }
draft-with-dap = It also asks for delegated admin privileges: its Admin agents would be Global administrators and its Helpdesk agents Helpdesk administrators in your directory. You can remove these privileges later on the Partner relationships page of your admin centre; the relationship then goes on without them.
draft-without-dap = It does not ask for delegated admin privileges: accepting gives it no administrator role in your directory.
